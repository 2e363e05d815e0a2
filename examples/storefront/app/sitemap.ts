import type { MetadataRoute } from 'next'
import { products } from '@/lib/products'

export default function sitemap(): MetadataRoute.Sitemap {
  return products.map(({ id }) => ({ url: `https://storefront.example/products/${id}` }))
}
