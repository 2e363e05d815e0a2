'use client'

import Link from 'next/link'
import { useState } from 'react'
import { finishUpload, startUpload } from './actions'

type State = { step: 'ready' } | { step: 'working'; doing: string } | { step: 'done'; id: string } | { step: 'failed'; problem: string }

export function UploadForm() {
  const [state, setState] = useState<State>({ step: 'ready' })

  async function upload(form: FormData) {
    const file = form.get('file')
    if (!(file instanceof File) || file.size === 0) return setState({ step: 'failed', problem: 'choose a file' })
    setState({ step: 'working', doing: 'Uploading…' })
    const started = await startUpload(String(form.get('title')), file.type, file.size)
    if ('problem' in started) return setState({ step: 'failed', problem: started.problem })
    const { url, method } = started.upload
    const answer = await fetch(url, { method, body: file, headers: { 'Content-Type': file.type } })
    if (!answer.ok) return setState({ step: 'failed', problem: `the store answered ${answer.status}` })
    setState({ step: 'working', doing: 'Making its sizes…' })
    const done = await finishUpload(started.id)
    setState('problem' in done ? { step: 'failed', problem: done.problem } : { step: 'done', id: done.id })
  }

  return (
    <form action={upload} id="upload">
      <label>
        Title <input name="title" maxLength={200} required />
      </label>
      <label>
        Picture <input name="file" type="file" accept="image/jpeg,image/png,image/webp" required />
      </label>
      <button disabled={state.step === 'working'}>Upload</button>
      {state.step === 'working' && <p>{state.doing}</p>}
      {state.step === 'failed' && <p className="problem">{state.problem}</p>}
      {state.step === 'done' && (
        <p>
          Done: <Link href={`/images/${state.id}`}>see it</Link>
        </p>
      )}
    </form>
  )
}
