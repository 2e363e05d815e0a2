export const config = { runtime: 'edge' }

/** In the Pages Router, because the App Router refuses edge functions beside "use cache". */
export default function handler(request: Request) {
  const { searchParams } = new URL(request.url)
  return Response.json({ runtime: process.env.NEXT_RUNTIME, q: searchParams.get('q'), currency: process.env.STOREFRONT_CURRENCY ?? null })
}
