export default function Note() {
  return <p id="note">For later.</p>
}
