import Script from 'next/script'
import styles from './about.module.css'

export const metadata = { title: 'About' }

export default function About() {
  return (
    <main>
      <h1>About</h1>
      <p className={styles.text}>Made once, at build.</p>
      <Script id="about" strategy="afterInteractive">{`document.documentElement.dataset.about = 'seen'`}</Script>
    </main>
  )
}
