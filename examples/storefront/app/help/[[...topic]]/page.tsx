/** Only what is listed here exists: every other topic is a 404, made by nobody. */
export const dynamicParams = false
export const generateStaticParams = () => [{ topic: [] }, { topic: ['returns'] }]

export default async function Help({ params }: { params: Promise<{ topic?: string[] }> }) {
  return <main><h1>Help {(await params).topic?.join('/') ?? 'overview'}</h1></main>
}
