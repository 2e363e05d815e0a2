export default async function Photo({ params }: { params: Promise<{ photo: string }> }) {
  return <main><h1>Photo {(await params).photo}</h1></main>
}
