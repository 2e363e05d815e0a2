import Link from 'next/link'
import { connection } from 'next/server'
import { price, products } from '@/lib/products'

/** Rendered at every request: prices follow the currency of the running server. */
export default async function Home() {
  await connection()
  return (
    <main>
      <h1>Products</h1>
      <ul>
        {products.map((product) => (
          <li key={product.id}>
            <Link href={`/products/${product.id}`}>{product.name}</Link> {price(product.cents)}
          </li>
        ))}
      </ul>
    </main>
  )
}
