import { revalidatePath, revalidateTag } from 'next/cache'

export function POST(request: Request) {
  const { searchParams } = new URL(request.url)
  const path = searchParams.get('path')
  const tag = searchParams.get('tag')
  if (path) revalidatePath(path)
  if (tag) revalidateTag(tag, 'max')
  return Response.json({ path, tag })
}
