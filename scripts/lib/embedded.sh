# The quickstart without Docker: images as OCI image layouts, and nginx from the loaded image.
# shellcheck shell=bash disable=SC2153 # ROOT is of common.sh

# Makes the same three images from files of Debian and the fixture.
make_embedded_images() {
  local app=$1 work=$2 trees=$2/trees
  rm -rf "$trees" "$work/source" && mkdir -p "$trees"/{backend/app,frontend/usr/share/nginx/html,nginx} || return 1
  cp -r "$app/backend/." "$trees/backend/app/" || return 1
  build_page "$app/frontend" "$work/frontend" || return 1
  cp -r "$work/frontend/dist/." "$trees/frontend/usr/share/nginx/html/" || return 1
  install_packages tools || return 1
  install_packages nginx || return 1
  cp -a "$(package_root nginx)/usr" "$trees/nginx/" || return 1
  "$ROOT/scripts/node" "$ROOT/scripts/lib/embedded-images.js" pack "$work/source" \
    "llm-chat-backend:1.0.0=$trees/backend" "llm-chat-frontend:1.0.0=$trees/frontend" \
    "llm-chat/nginx:bookworm=$trees/nginx"
}

# Runs a real npm ci and production build of the front end.
build_page() {
  local node_folder
  node_folder=$(dirname "$("$ROOT/scripts/node" -p process.execPath)")
  rm -rf "$2" && cp -r "$1" "$2" || return 1
  (cd "$2" && PATH="$node_folder:$PATH" && npm ci --no-audit --no-fund >build.log 2>&1 && npm run build >>build.log 2>&1) ||
    { tail -n 20 "$2/build.log" >&2; return 1; }
}

# Starts the loaded nginx on loopback with the loaded page, and fetches the page.
fetch_embedded_page() {
  local work=$1 root=$1/unpacked port=${HTTP_PORT:-18080} pid status
  rm -rf "$root" && mkdir -p "$root/run"
  "$ROOT/scripts/node" "$ROOT/scripts/lib/embedded-images.js" unpack "$work/target" "$root" \
    llm-chat/nginx:bookworm llm-chat-frontend:1.0.0 || return 1
  cat >"$root/nginx.conf" <<TEXT
daemon off; master_process off; pid $root/run/nginx.pid; error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $root/run/body; proxy_temp_path $root/run/proxy; fastcgi_temp_path $root/run/fastcgi;
  uwsgi_temp_path $root/run/uwsgi; scgi_temp_path $root/run/scgi;
  server { listen 127.0.0.1:$port; root $root/usr/share/nginx/html; }
}
TEXT
  LD_LIBRARY_PATH="$root/usr/lib/$(uname -m)-linux-gnu" "$root/usr/sbin/nginx" -p "$root" -e stderr -c "$root/nginx.conf" &
  pid=$!
  "$ROOT/scripts/node" "$ROOT/scripts/lib/fetch-page.js" --page-only "http://127.0.0.1:$port" >&2
  status=$?
  kill "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  return $status
}
