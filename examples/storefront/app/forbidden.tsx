export default function Forbidden() {
  return <main><h1>Not for you</h1></main>
}
