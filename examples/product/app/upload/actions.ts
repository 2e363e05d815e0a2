'use server'

import { updateTag } from 'next/cache'
import { api, failed, type Image, type Upload } from '@/lib/api'
import { IMAGES, imageTag } from '@/lib/images'
import { session } from '@/lib/session'

const SIGN_IN = { problem: 'sign in first' }

/** Where and how the browser uploads the file itself: it never passes through this app. */
export async function startUpload(title: string, contentType: string, size: number) {
  const user = await session()
  if (!user) return SIGN_IN
  const { data } = await api<Upload>('/uploads', { method: 'POST', token: user.token, body: { title, contentType, size } })
  return failed(data) ? { problem: data.error.message } : data
}

/** Makes the derived images of what was uploaded; the gallery shows it at its next request. */
export async function finishUpload(id: string) {
  const user = await session()
  if (!user) return SIGN_IN
  const { data } = await api<Image>(`/images/${encodeURIComponent(id)}/process`, { method: 'POST', token: user.token })
  if (failed(data)) return { problem: data.error.message }
  updateTag(IMAGES)
  return data
}

export async function rename(form: FormData): Promise<void> {
  const user = await session()
  const id = String(form.get('id') ?? '')
  if (!user) return
  const body = { title: String(form.get('title') ?? '') }
  const { data } = await api<Image>(`/images/${encodeURIComponent(id)}`, { method: 'PATCH', token: user.token, body })
  if (failed(data)) return
  updateTag(IMAGES)
  updateTag(imageTag(id))
}
