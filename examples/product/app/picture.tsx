import type { Image } from '@/lib/api'

const BASE = process.env.NEXT_PUBLIC_IMAGE_BASE

/** The derived images by name: the browser takes the one that fits. */
export function Picture({ image, sizes }: { image: Image; sizes: string }) {
  const source = (width: number, format: string) => `${BASE}/${image.id}/${width}.${format}`
  const [smallest] = image.variants
  if (!smallest) return null
  return (
    <img
      src={source(smallest.width, smallest.format)}
      srcSet={image.variants.map((v) => `${source(v.width, v.format)} ${v.width}w`).join(', ')}
      sizes={sizes}
      width={image.width}
      height={image.height}
      alt={image.title}
      loading="lazy"
    />
  )
}
