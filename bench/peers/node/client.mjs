// Node's http2 module as one of the clients of the comparison. Events are parsed by JSON.parse.
// The command line is that of ../common/command_line.hpp.
import fs from 'node:fs';
import http2 from 'node:http2';

if (process.argv.length < 9) {
  console.error('usage: client.mjs unary|sse BASE_URL CONNECTIONS STREAMS REQUESTS PATH WARM');
  process.exit(2);
}
const [mode, base, connections, streams, total, path, warm] = process.argv.slice(2);
const events = mode === 'sse';
const inFlight = Number(connections) * Number(streams);
const body = fs.readFileSync(process.env.BODY);
const done = { requests: 0, events: 0, errors: 0 };

async function connect() {
  const session = http2.connect(base, {
    settings: { initialWindowSize: 1 << 20 },
    maxSessionMemory: 1000,
    rejectUnauthorized: false,
  });
  session.setMaxListeners(0);
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  session.setLocalWindowSize(16 << 20);
  return session;
}

function eventCounter() {
  let rest = '';
  return (text) => {
    rest += text;
    let begin = 0;
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n', begin)) {
      const data = rest.slice(begin, end);
      begin = end + 2;
      if (!data.startsWith('data: ') || data === 'data: [DONE]') continue;
      if (JSON.parse(data.slice(6)).choices[0].delta.content) done.events++;
      else done.errors++;
    }
    rest = rest.slice(begin);
  };
}

function ask(session, path) {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/json',
      accept: events ? 'text/event-stream' : 'application/json',
      'content-length': body.length,
    });
    if (events) {
      stream.setEncoding('utf8');
      stream.on('data', eventCounter());
    } else {
      const parts = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', () => Buffer.concat(parts));
    }
    stream.on('end', () => {
      done.requests++;
      resolve();
    });
    stream.on('error', (error) => {
      if (done.errors++ === 0) console.error(error.message);
      resolve();
    });
    stream.end(body);
  });
}

async function drive(sessions, limit, path) {
  let started = 0;
  const keepAsking = async (session) => {
    while (started++ < limit) await ask(session, path);
  };
  await Promise.all(
    Array.from({ length: inFlight }, (_, i) => keepAsking(sessions[i % sessions.length])));
}

const statusKilobytes = (key) =>
  Number(fs.readFileSync('/proc/self/status', 'utf8').match(`${key}:\\s+(\\d+)`)[1]);

const sessions = [];
for (let i = 0; i < Number(connections); i++) sessions.push(await connect());
if (Number(warm)) await drive(sessions, Number(warm), events ? '/sse?n=200&rate=0' : path);
done.requests = done.events = done.errors = 0;
const resident = statusKilobytes('VmRSS');
const begun = performance.now();
const before = process.cpuUsage();
await drive(sessions, Number(total), path);
const used = process.cpuUsage(before);
console.log(JSON.stringify({
  ...done,
  wall: (performance.now() - begun) / 1000,
  user: used.user / 1e6,
  system: used.system / 1e6,
  resident_kb: resident,
  peak_kb: statusKilobytes('VmHWM'),
}));
process.exit(0);
