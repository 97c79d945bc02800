// Exit 0 when the gateway of this container answers. Over TLS without checking the name: it is asked on loopback.
import { request as http } from 'node:http';
import { request as https } from 'node:https';

const tls = (process.env.GATEWAY_TLS_CERT_FILE ?? '') !== '';
const call = (tls ? https : http)(
  {
    host: '127.0.0.1',
    port: Number(process.env.GATEWAY_PORT || 8000),
    path: '/healthz',
    timeout: 3_000,
    rejectUnauthorized: false,
  },
  (answer) => process.exit(answer.statusCode === 200 ? 0 : 1),
);
call.on('timeout', () => process.exit(1));
call.on('error', () => process.exit(1));
call.end();
