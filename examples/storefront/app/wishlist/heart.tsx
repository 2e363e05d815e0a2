'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'

/** A chunk of its own, loaded when it is asked for: what an open tab needs from its build long after it was opened. */
const Note = dynamic(() => import('./note'), { ssr: false })

export function Heart() {
  const [hearts, setHearts] = useState(0)
  const [open, setOpen] = useState(false)
  return (
    <>
      <button id="heart" onClick={() => setHearts(hearts + 1)}>{process.env.NEXT_PUBLIC_STORE_NAME ?? 'Storefront'}: {hearts}</button>
      <button id="open" onClick={() => setOpen(true)}>Note</button>
      {open && <Note />}
    </>
  )
}
