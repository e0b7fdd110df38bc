# Perl's LWP, with one user agent. Calls come as lines, replies go as lines of JSON.

use strict;
use warnings;

use HTTP::Request;
use HTTP::Request::Common ();
use JSON::PP              ();
use LWP::UserAgent;
use MIME::Base64 qw(encode_base64);
use URI;

if ( $ARGV[0] eq 'version' ) {
    printf "LWP %s, Perl %vd\n", LWP->VERSION, $^V;
    exit;
}

my $base  = $ARGV[0];
my $agent = LWP::UserAgent->new( keep_alive => 1, timeout => 20 );
my $json  = JSON::PP->new->latin1->canonical;
$| = 1;

while ( my $line = <STDIN> ) {
    chomp $line;
    my ( $method, $target, $token, $kind, @rest ) = split /\t/, $line, -1;
    my $request = HTTP::Request->new( $method, $base . $target );
    if ( $kind eq 'json' ) {
        $request->header( 'Content-Type' => 'application/json' );
        $request->content( $rest[0] );
    }
    elsif ( $kind eq 'text' ) {
        $request->header( 'Content-Type' => $rest[0] );
        $request->content( $rest[1] );
    }
    elsif ( $kind eq 'query' ) {
        my $uri = URI->new( $base . $target );
        $uri->query_form(@rest);
        $request->uri($uri);
    }
    elsif ( $kind eq 'file' ) {
        my ( $field, $path, $name, $type ) = @rest;
        $request = HTTP::Request::Common::POST(
            $base . $target,
            Content_Type => 'form-data',
            Content      => [ $field => [ $path, $name, 'Content-Type' => $type ] ],
        );
    }
    $request->header( Authorization => "Bearer $token" ) if length $token;

    my $answer = $agent->request($request);
    my $reply;
    # An answer that LWP made up itself: none came.
    if ( ( $answer->header('Client-Warning') // '' ) eq 'Internal response' ) {
        $reply = { error => $answer->status_line };
    }
    else {
        my %headers;
        $answer->headers->scan( sub { push @{ $headers{ lc $_[0] } }, $_[1] } );
        $_ = join ', ', @$_ for values %headers;
        my $body = encode_base64( $answer->content, '' );
        $reply = { status => 0 + $answer->code, headers => \%headers, body => $body };
    }
    print $json->encode($reply), "\n";
}
