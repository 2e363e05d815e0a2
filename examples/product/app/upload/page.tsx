import Link from 'next/link'
import { session } from '@/lib/session'
import { UploadForm } from './form'

export default async function UploadPage() {
  const user = await session()
  return (
    <>
      <h1>Upload</h1>
      {user ? <UploadForm /> : <p><Link href="/sign-in">Sign in</Link> to upload a picture.</p>}
    </>
  )
}
