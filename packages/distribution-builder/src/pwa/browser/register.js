// Runs in the browser before hydration: in front of the app's own instrumentation-client, or of the bundler's bootstrap.
// After `load`, so that filling the cache does not compete with the page itself.
const scope = `${process.env.__NEXT_ROUTER_BASEPATH || ''}/`

function register() {
  navigator.serviceWorker.register(`${scope}sw.js`, { scope, updateViaCache: 'none' }).catch((error) => {
    console.warn('The service worker could not be registered:', error)
  })
}

if ('serviceWorker' in navigator) {
  if (document.readyState === 'complete') register()
  else addEventListener('load', register, { once: true })
}
