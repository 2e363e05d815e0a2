import type { GetServerSideProps } from 'next'

export const getServerSideProps: GetServerSideProps = async ({ query, res }) => {
  res.setHeader('x-legacy', 'yes')
  return { props: { q: String(query.q ?? '') } }
}

export default function Legacy({ q }: { q: string }) {
  return <main><h1>Legacy {q}</h1></main>
}
