#!/usr/bin/env bash
# aloft run through nginx, in front of the simulator: HTTP/2 and HTTP/1.1, also where nginx ends connections after as many
# requests as it did by default before 1.19.10.
here=$(dirname "$(readlink -f "$0")")
. "$here/run.bash"

nginx=$(PATH=$PATH:/usr/sbin type -P nginx) || { echo "    nginx is needed"; exit 77; }
nginx_pid=
trap 'stop_nginx; stop_sim; rm -rf "$work"' EXIT
stop_nginx() {
    [[ -n $nginx_pid ]] || return 0
    kill "$nginx_pid" 2>/dev/null || true
    wait "$nginx_pid" || true
}

read -r h2 brief http1 clear < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(one.getsockname()[1] for one in held))')

start_sim --by-prompt
make_certificate
cat >"$work/nginx.conf" <<EOC
daemon off;
pid $work/nginx.pid;
error_log $work/nginx.log warn;
worker_processes 1;
events { worker_connections 2048; }
http {
    access_log off;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    ssl_certificate $work/cert.pem;
    ssl_certificate_key $work/key.pem;
    upstream sim { server $(cut -d/ -f3 <<<"$base"); keepalive 64; }
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_buffering off;
    server { listen 127.0.0.1:$h2 ssl http2; location / { proxy_pass http://sim; } }
    server { listen 127.0.0.1:$brief ssl http2; keepalive_requests 100; location / { proxy_pass http://sim; } }
    server { listen 127.0.0.1:$http1 ssl; location / { proxy_pass http://sim; } }
    server { listen 127.0.0.1:$clear; keepalive_requests 3; location / { proxy_pass http://sim; } }
}
EOC
"$nginx" -p "$work" -c "$work/nginx.conf" -e "$work/nginx.log" &
nginx_pid=$!
for ((tries = 100; tries; --tries)); do
    curl -s -o /dev/null "http://127.0.0.1:$clear/health" && break
    kill -0 "$nginx_pid" 2>/dev/null || fail "nginx does not run: $(cat "$work/nginx.log")"
    sleep 0.05
done

reference=$work/reference.jsonl
"$ALOFT" run "$work/prompts.jsonl" -o "$reference" --base-url "$base" --http2-prior-knowledge -q || fail "no reference"
trust=(--cacert "$work/cert.pem")
answers "HTTP/2" "$reference" "https://127.0.0.1:$h2/v1" "${trust[@]}"
answers "HTTP/2, GOAWAY after 100 requests" "$reference" "https://127.0.0.1:$brief/v1" "${trust[@]}"
answers "HTTP/1.1 over TLS" "$reference" "https://127.0.0.1:$http1/v1" "${trust[@]}"
answers "HTTP/1.1, closed after 3 requests" "$reference" "http://127.0.0.1:$clear/v1" "${trust[@]}"
