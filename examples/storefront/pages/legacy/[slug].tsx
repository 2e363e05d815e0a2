import type { GetStaticPaths, GetStaticProps } from 'next'

export const getStaticPaths: GetStaticPaths = () => ({ paths: [{ params: { slug: 'first' } }], fallback: 'blocking' })

export const getStaticProps: GetStaticProps = ({ params }) =>
  params?.slug === 'gone' ? { notFound: true } : { props: { slug: params?.slug }, revalidate: 60 }

export default function LegacyPost({ slug }: { slug: string }) {
  return <main><h1>Post {slug}</h1></main>
}
