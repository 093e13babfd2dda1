# The gateway as an image. It needs the engine's socket and the group of it: see compose.yaml and docs/INSTALL.md.
#
#   docker build -t coldfront .
#
# BASE is what it runs on: Node 24 or later as `node` in the PATH, nothing else. BUILDER has npm and a shell as well.
ARG BASE=node:24-slim
ARG BUILDER=${BASE}

FROM ${BUILDER} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No install script has to run: they bring a Node, which is there, and native code that is never loaded.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY dashboard dashboard
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts
RUN mkdir state

FROM ${BASE}
COPY LICENSE package.json /opt/coldfront/
COPY studies /opt/coldfront/studies
COPY --from=build /build/node_modules /opt/coldfront/node_modules
COPY --from=build /build/dist /opt/coldfront/dist
# A named volume that is mounted here for the first time takes its owner over.
COPY --from=build --chown=1000:1000 /build/state /var/lib/coldfront
ENV NODE_ENV=production \
    STATE_DIRECTORY=/var/lib/coldfront \
    RUNTIME_DIRECTORY=/var/lib/coldfront/run \
    CACHE_DIRECTORY=/var/lib/coldfront/cache
VOLUME /var/lib/coldfront
USER 1000:1000
EXPOSE 8080
# Asks the admin listener, so with another `admin.listen` it has to be another one, too.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:9090/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/coldfront/dist/main.js"]
CMD ["serve", "--config", "/etc/coldfront/gateway.yaml"]
