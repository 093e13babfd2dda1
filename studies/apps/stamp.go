// As stamp.mjs, in Go. CLOCK_MONOTONIC is read by its system call: Go's own monotonic time counts from the start of the program.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

func now() float64 {
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&t)), 0)
	return float64(t.Sec)*1e3 + float64(t.Nsec)/1e6
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func main() {
	name, _ := os.Hostname()
	address := net.JoinHostPort(or(os.Getenv("HOST"), "127.0.0.1"), or(os.Getenv("PORT"), "8080"))
	server, err := net.Listen("tcp", address)
	if err != nil {
		os.Exit(1)
	}
	listening := now()
	for {
		client, err := server.Accept()
		if err != nil {
			continue
		}
		go func() {
			defer client.Close()
			lines := bufio.NewReader(client)
			if _, err := lines.Peek(1); err != nil {
				return
			}
			first := now()
			for {
				line, err := lines.ReadString('\n')
				if err != nil {
					return
				}
				if strings.TrimSpace(line) == "" {
					break
				}
			}
			body := fmt.Sprintf(`{"listening":%.6f,"firstByte":%.6f,"hostname":"%s"}`, listening, first, name)
			fmt.Fprintf(client, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
		}()
	}
}
