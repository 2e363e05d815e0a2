import { cacheTag } from 'next/cache'

/** Counted once, until the tag "stock" is revalidated. */
export async function countStock(product: string) {
  'use cache'
  cacheTag('stock')
  return { product, left: product.length * 3 }
}
