export default function NotFound() {
  return <main><h1>Nothing here</h1></main>
}
