import { ImageResponse } from 'next/og'

export const size = { width: 600, height: 315 }
export const contentType = 'image/png'

export default function Image() {
  return new ImageResponse(<div style={{ display: 'flex', fontSize: 64, background: 'white', width: '100%', height: '100%' }}>Storefront</div>, size)
}
