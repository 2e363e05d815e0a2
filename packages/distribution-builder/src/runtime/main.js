import { checkHealth } from './healthcheck.js';

/** First code of the executable. The check must not wait for the app: only the server's branch loads the rest. */
const port = Number.parseInt(process.env.PORT ?? '', 10) || 3000;
if (process.argv[2] === 'healthcheck') checkHealth(port);
else require('./server.js').serve(port);
