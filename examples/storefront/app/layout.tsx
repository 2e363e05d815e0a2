import type { Metadata } from 'next'
import localFont from 'next/font/local'
import Link from 'next/link'
import './globals.css'

const geist = localFont({ src: './fonts/geist.woff2', display: 'swap' })

export const metadata: Metadata = {
  metadataBase: new URL('https://storefront.example'),
  title: { default: 'Storefront', template: '%s · Storefront' },
  description: 'Lamps, chairs and clocks.',
}

export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body className={geist.className}>
        <nav>
          <Link href="/">{process.env.NEXT_PUBLIC_STORE_NAME ?? 'Storefront'}</Link>
          <Link href="/products/lamp">Lamp</Link>
          <Link href="/cart">Cart</Link>
          <Link href="/news">News</Link>
          <Link href="/account">Account</Link>
          <Link href="/about">About</Link>
        </nav>
        {children}
      </body>
    </html>
  )
}
