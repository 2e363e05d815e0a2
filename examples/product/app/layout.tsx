import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import './globals.css'

export const metadata: Metadata = { title: 'Pictures', description: 'Upload a picture, see it in every size.' }

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <header>
          <Link href="/">Pictures</Link>
          <nav>
            <Link href="/gallery">Gallery</Link>
            <Link href="/upload">Upload</Link>
            <Link href="/sign-in">Account</Link>
          </nav>
        </header>
        <main>{children}</main>
      </body>
    </html>
  )
}
