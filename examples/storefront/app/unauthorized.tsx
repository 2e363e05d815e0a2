export default function Unauthorized() {
  return <main><h1>Sign in first</h1></main>
}
