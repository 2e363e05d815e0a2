'use client'

import { useActionState } from 'react'

export function UploadForm({ action }: { action: (before: string, form: FormData) => Promise<string> }) {
  const [message, submit, pending] = useActionState(action, '')
  return (
    <form action={submit}>
      <input type="file" name="file" />
      <button disabled={pending}>Send</button>
      <p id="message">{message}</p>
    </form>
  )
}
