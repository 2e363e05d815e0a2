import { checkHealth } from './healthcheck.js';

/** First code of the executable. The small commands must not wait for the app: only the server's branch loads the rest. */
const [command, folder, option] = process.argv.slice(2);
const port = Number.parseInt(process.env.PORT ?? '', 10) || 3000;
if (command === 'healthcheck') checkHealth(port);
else if (command === 'assets') require('./assets-folder.js').keepAssets(folder, option === '--check');
else if (command === 'fill-assets') require('./fill-assets.js').fillAssets(folder, option);
else require('./server.js').serve(port);
