import { api, failed, type Image } from './api'

export const IMAGES = 'images'
export const imageTag = (id: string) => `image-${id}`

/** All images, kept until one changes. While the app is built there is no API, and so nothing yet. */
export async function images(): Promise<Image[]> {
  if (!process.env.API_INTERNAL_URL) return []
  const { data } = await api<{ images: Image[] }>('/images', { next: { tags: [IMAGES], revalidate: 300 } })
  return failed(data) ? [] : data.images
}

export async function image(id: string): Promise<Image | null> {
  const { data } = await api<Image>(`/images/${encodeURIComponent(id)}`, { next: { tags: [imageTag(id)], revalidate: 300 } })
  return failed(data) ? null : data
}
