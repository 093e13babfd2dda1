// As stamp.mjs, in C: a server that tells when it listened and when the first byte of the request reached it.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(void) {
  const char *port = getenv("PORT"), *host = getenv("HOST");
  char name[256] = "", head[65536], body[512], answer[1024];
  int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 8080)};
  at.sin_addr.s_addr = inet_addr(host ? host : "127.0.0.1");
  gethostname(name, sizeof name - 1);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(server, (struct sockaddr *)&at, sizeof at) || listen(server, 512)) return 1;
  double listening = now();
  for (;;) {
    int client = accept(server, NULL, NULL);
    if (client < 0) continue;
    // A connection that brings nothing is a probe, and gives way to the next after a second.
    struct timeval patience = {.tv_sec = 1};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    double first = 0;
    size_t length = 0;
    ssize_t got;
    while (length < sizeof head - 1 && (got = read(client, head + length, sizeof head - 1 - length)) > 0) {
      if (length == 0) first = now();
      length += got;
      head[length] = 0;
      if (!strstr(head, "\r\n\r\n")) continue;
      int size = snprintf(body, sizeof body, "{\"listening\":%.6f,\"firstByte\":%.6f,\"hostname\":\"%s\"}", listening, first, name);
      int all = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", size, body);
      if (write(client, answer, all) < 0) break;
      break;
    }
    close(client);
  }
}
