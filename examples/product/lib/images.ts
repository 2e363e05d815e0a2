import { unstable_cache } from 'next/cache'
import { api, failed, type Image } from './api'

export const IMAGES = 'images'
export const imageTag = (id: string) => `image-${id}`

/**
 * All images, kept until one changes. While the app is built there is no API, and so nothing yet; the tag must be on the
 * page all the same, which it would not be by a fetch that did not happen.
 */
export const images = unstable_cache(
  async (): Promise<Image[]> => {
    if (!process.env.API_INTERNAL_URL) return []
    const { data } = await api<{ images: Image[] }>('/images')
    return failed(data) ? [] : data.images
  },
  [IMAGES],
  { tags: [IMAGES], revalidate: 60 },
)

export async function image(id: string): Promise<Image | null> {
  const { data } = await api<Image>(`/images/${encodeURIComponent(id)}`, { next: { tags: [imageTag(id)], revalidate: 300 } })
  return failed(data) ? null : data
}
