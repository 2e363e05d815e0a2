export default async function Docs({ params }: { params: Promise<{ slug: string[] }> }) {
  return <main><h1>{(await params).slug.join(' / ')}</h1></main>
}
