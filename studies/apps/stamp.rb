# As stamp.mjs, in Ruby.
require 'socket'

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)

server = TCPServer.new(ENV.fetch('HOST', '127.0.0.1'), ENV.fetch('PORT', '8080').to_i)
listening = now
loop do
  client = server.accept
  Thread.new do
    head = +''
    first = nil
    until head.include?("\r\n\r\n")
      head << client.readpartial(65_536)
      first ||= now
    end
    body = format('{"listening":%.6f,"firstByte":%.6f}', listening, first)
    client.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: #{body.size}\r\nConnection: close\r\n\r\n#{body}")
  rescue EOFError, SystemCallError
    nil
  ensure
    client.close
  end
end
