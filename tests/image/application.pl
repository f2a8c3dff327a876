# The application of the pod's test: hands 500 records to pannier as a client does, waits until they are accounted for,
# tries what it must not be able to do, tells all that in its log, and then waits to be stopped.
use strict;
use warnings;
use IO::Socket::UNIX;

$| = 1;
$SIG{TERM} = sub { print "ended by SIGTERM\n"; exit 0 };
my ($path) = $ENV{PANNIER_URL} =~ m{^unix://(/.*)} or die "PANNIER_URL is no Unix socket\n";

my $pannier;
for (1 .. 300) {
  $pannier = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path) and last;
  select(undef, undef, undef, 0.1);
}
$pannier or die "nobody listens at $path: $!\n";
$pannier->autoflush(1);

print $pannier qq({"hello":{"service":"orders","node":"pod","client":"test/1","ack":true}}\n);
print $pannier qq({"method":"GET","endpoint":"/orders/{id}","status":200,"response_time":$_}\n) for 1 .. 500;
while (my $line = <$pannier>) {
  next unless $line =~ /"ack":500\b/;
  print "500 are accounted for: $line";
  last;
}
print "the socket ", (unlink($path) ? "was REMOVED" : "stays: $!"), "\n";
print "the control socket is ", (-e "/run/pannier-control" ? "IN REACH" : "out of reach"), "\n";
print "the keys are ", (-e "/etc/pannier-keys" ? "IN REACH" : "out of reach"), "\n";
sleep 1 while 1;
