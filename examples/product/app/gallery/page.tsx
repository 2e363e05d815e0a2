import Link from 'next/link'
import { images } from '@/lib/images'
import { Picture } from '../picture'
import { Count } from './count'

export const revalidate = 60

export default async function Gallery() {
  const all = await images()
  return (
    <>
      <h1>Gallery</h1>
      <Count />
      <ul className="grid">
        {all.map((image) => (
          <li key={image.id}>
            <Link href={`/images/${image.id}`}>
              <Picture image={image} sizes="14rem" />
              {image.title}
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}
