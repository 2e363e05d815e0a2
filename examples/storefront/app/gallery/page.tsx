import Link from 'next/link'
import { products } from '@/lib/products'

export default function Gallery() {
  return <main><h1>Gallery</h1>{products.map(({ id }) => <Link key={id} href={`/gallery/${id}`}>{id}</Link>)}</main>
}
