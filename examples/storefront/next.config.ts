import type { NextConfig } from 'next'

const config: NextConfig = {
  async redirects() {
    return [{ source: '/shop/:path*', destination: '/products/:path*', permanent: true }]
  },
  async rewrites() {
    return [{ source: '/p/:id', destination: '/products/:id' }]
  },
  async headers() {
    return [{ source: '/:path*', headers: [{ key: 'x-storefront', value: 'yes' }] }]
  },
}

export default config
