import createMDX from '@next/mdx'
import type { NextConfig } from 'next'

const config: NextConfig = {
  pageExtensions: ['ts', 'tsx', 'mdx'],
  experimental: {
    authInterrupts: true,
    useCache: true,
  },
  images: {
    remotePatterns: [{ protocol: 'https', hostname: 'images.storefront.example' }],
  },
  async redirects() {
    return [
      { source: '/shop/:path*', destination: '/products/:path*', permanent: true },
      { source: '/sale', destination: '/news', permanent: false },
      { source: '/beta', has: [{ type: 'query', key: 'on' }], destination: '/about', permanent: false },
    ]
  },
  async rewrites() {
    return {
      beforeFiles: [{ source: '/imprint', destination: '/about' }],
      afterFiles: [{ source: '/p/:id', destination: '/products/:id' }],
      fallback: [{ source: '/posts/:slug', destination: '/legacy/:slug' }],
    }
  },
  async headers() {
    return [{ source: '/:path*', headers: [{ key: 'x-storefront', value: 'yes' }] }]
  },
}

export default createMDX()(config)
