import { notFound } from 'next/navigation'
import { image } from '@/lib/images'
import { Picture } from '../../picture'
import { rename } from '../../upload/actions'

export const revalidate = 300

// None at build: each page is made at its first request, then kept until its tag is updated.
export const generateStaticParams = () => []

export default async function ImagePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const found = await image(id)
  if (!found) notFound()
  return (
    <>
      <h1>{found.title}</h1>
      <Picture image={found} sizes="(max-width: 60rem) 100vw, 60rem" />
      <p>
        {found.width} × {found.height}
      </p>
      <form action={rename} id="rename">
        <input type="hidden" name="id" value={found.id} />
        <label>
          Title <input name="title" defaultValue={found.title} maxLength={200} required />
        </label>
        <button>Rename</button>
      </form>
    </>
  )
}
