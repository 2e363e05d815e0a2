import type { MetadataRoute } from 'next'

export default function manifest(): MetadataRoute.Manifest {
  return { name: 'Storefront', start_url: '/', display: 'standalone' }
}
