// Runs in the browser before hydration: in front of the app's own instrumentation-client, or of the bundler's bootstrap.
// After `load`, so that filling the cache does not compete with the page itself.
const scope = `${process.env.__NEXT_ROUTER_BASEPATH || ''}/`

// Seconds until an installation that failed is tried again. A change of network breaks off what is being fetched, and the
// browser itself tries again with the next document only, which links within the app never load.
const AGAIN = [2, 10, 60]

function register(attempt = 0) {
  const failed = (error) => {
    if (attempt < AGAIN.length) setTimeout(register, AGAIN[attempt] * 1000, attempt + 1)
    else console.warn('The service worker could not be registered:', error)
  }
  navigator.serviceWorker.register(`${scope}sw.js`, { scope, updateViaCache: 'none' }).then((registration) => {
    const worker = registration.installing
    let installed = false
    worker?.addEventListener('statechange', () => {
      if (worker.state !== 'redundant') installed = true
      else if (!installed) failed('its files could not be fetched')
    })
  }, failed)
}

if ('serviceWorker' in navigator) {
  if (document.readyState === 'complete') register()
  else addEventListener('load', () => register(), { once: true })
}
