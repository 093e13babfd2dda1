# As stamp.mjs, in Perl.
use strict;
use warnings;
use Socket;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

$SIG{PIPE} = 'IGNORE';
sub now { return clock_gettime(CLOCK_MONOTONIC) * 1e3 }

socket(my $server, PF_INET, SOCK_STREAM, 0) or die;
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
bind($server, sockaddr_in($ENV{PORT} // 8080, inet_aton($ENV{HOST} // '127.0.0.1'))) or die;
listen($server, 512) or die;
my $listening = now();
while (1) {
    accept(my $client, $server) or next;
    setsockopt($client, SOL_SOCKET, SO_RCVTIMEO, pack('l!l!', 1, 0));
    my ($head, $first) = ('', undef);
    while (sysread($client, my $chunk, 65536)) {
        $first //= now();
        $head .= $chunk;
        next if index($head, "\r\n\r\n") < 0;
        my $body = sprintf('{"listening":%.6f,"firstByte":%.6f}', $listening, $first);
        syswrite($client, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body");
        last;
    }
    close($client);
}
