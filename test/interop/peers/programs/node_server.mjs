// node's own servers. usage: node_server.mjs <folder> <certificate> <key> <TLS port> <HTTP/2 port> <HTTP/1.1 port>
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createSecureServer, createServer as createHttp2Server } from "node:http2";
import { crc32 } from "node:zlib";

const [folder, certificate, key, tls, http2, http1] = process.argv.slice(2);

function upload(request, response) {
  let size = 0, checksum = 0;
  request.on("data", (piece) => {
    size += piece.length;
    checksum = crc32(piece, checksum);
  });
  request.on("end", () => response.end(`${size} ${checksum.toString(16).padStart(8, "0")}\n`));
}

function echo(request, response, id) {
  request.resume();
  request.on("end", () => {
    console.log(`id=${id}`);
    response.end(id);
  });
}

function file(request, response, path) {
  let size;
  try {
    size = statSync(folder + path).size;
  } catch {
    response.writeHead(404);
    return response.end();
  }
  response.writeHead(200, { "content-length": size });
  const content = createReadStream(folder + path, { highWaterMark: 256 * 1024 });
  response.on("close", () => content.destroy());
  content.pipe(response);
}

function handle(request, response) {
  request.on("error", () => {});
  response.on("error", () => {});
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/upload") return upload(request, response);
  if (url.pathname === "/echo") return echo(request, response, url.searchParams.get("id"));
  return file(request, response, url.pathname);
}

const pem = { cert: readFileSync(certificate), key: readFileSync(key), allowHTTP1: true };
createSecureServer(pem, handle).listen({ port: +tls, host: "127.0.0.1", backlog: 4096 });
createHttp2Server(handle).listen({ port: +http2, host: "127.0.0.1", backlog: 4096 });
createServer(handle).listen({ port: +http1, host: "127.0.0.1", backlog: 4096 });
