import type { Metadata } from 'next'
import Image from 'next/image'
import { notFound } from 'next/navigation'
import { findProduct, products } from '@/lib/products'

type Props = { params: Promise<{ id: string }> }

/** Two products are made at build, every other one at its first request. */
export const generateStaticParams = () => products.slice(0, 2).map(({ id }) => ({ id }))

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: findProduct((await params).id)?.name }
}

export default async function ProductPage({ params }: Props) {
  const product = findProduct((await params).id)
  if (!product) notFound()
  return (
    <main>
      <h1>{product.name}</h1>
      <Image src={product.image} alt={product.name} width={64} height={64} />
    </main>
  )
}
