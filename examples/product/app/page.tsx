import Link from 'next/link'

export default function Home() {
  return (
    <>
      <h1>Pictures</h1>
      <p>
        <Link href="/sign-in">Sign in</Link>, <Link href="/upload">upload a picture</Link>, and find it in the{' '}
        <Link href="/gallery">gallery</Link>.
      </p>
    </>
  )
}
