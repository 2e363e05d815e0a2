import { describeFile } from './actions'
import { UploadForm } from './form'

export default function Upload() {
  return <main><h1>Upload</h1><UploadForm action={describeFile} /></main>
}
