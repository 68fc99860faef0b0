# Prints the traffic on the interfaces of this network namespace except `lo`, one line for each kind of packet, until it
# is stopped. Perl is on every Debian system, and needs no module for a packet socket.
use strict;
use warnings;

my ($af_packet, $without_link_header, $all_protocols) = (17, 2, 0x0300);
socket(my $socket, $af_packet, $without_link_header, $all_protocols) or die "socket: $!";
$| = 1;
print "ready\n";

my %seen;
while (1) {
    defined(my $from = recv($socket, my $packet, 65536, 0)) or die "recv: $!";
    # sockaddr_ll
    my (undef, $protocol, undef, $kind) = unpack 'S n l S', $from;
    my $loopback = 772;
    next if $kind == $loopback;
    my $line = $protocol == 0x0800 ? ipv4($packet) : $protocol == 0x86dd ? ipv6($packet) : next;
    print "$line\n" unless $seen{$line}++;
}

sub ipv4 {
    my ($packet) = @_;
    my ($first, $protocol, $from, $to) = unpack 'C x8 C x2 a4 a4', $packet;
    return described($protocol, address($from), address($to), substr $packet, ($first & 15) * 4);
}

sub address { return join '.', unpack 'C4', $_[0] }

sub ipv6 {
    my ($packet) = @_;
    my ($protocol, $from, $to) = unpack 'x6 C x a16 a16', $packet;
    return described($protocol, map({ join ':', unpack '(H4)8', $_ } $from, $to), substr $packet, 40);
}

sub described {
    my ($protocol, $from, $to, $content) = @_;
    my %names = (1 => 'icmp', 2 => 'igmp', 6 => 'tcp', 17 => 'udp', 58 => 'icmpv6');
    my $name = $names{$protocol} // "protocol $protocol";
    return "$name $from > $to" unless $protocol == 6 || $protocol == 17;
    my (undef, $port) = unpack 'n n', $content;
    return "$name $from > $to:$port" . ($port == 53 && $protocol == 17 ? ' asks ' . question($content) : '');
}

sub question {
    my $name = substr $_[0], 20;
    my @labels;
    while (length $name && (my $length = ord $name) > 0) {
        push @labels, substr $name, 1, $length;
        $name = substr $name, 1 + $length;
    }
    return join '.', @labels;
}
