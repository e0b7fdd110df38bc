#!/usr/bin/env bash
# promtool 2.42.0 (Debian package prometheus) and OpenMetrics 1.0: a right exposition has "no help text".
#
# OpenMetrics names the family of a counter without `_total` and its samples with it (5.1), so HELP and TYPE are those
# of `app_requests`. Prometheus itself reads that by the media type. Seen: `promtool check metrics` reads everything as
# the older text format, finds no HELP for `app_requests_total`, and ends with 3; with HELP for
# `app_requests_total` it says nothing, and a strict OpenMetrics parser (prometheus_client 0.26.0, PyPI) refuses the text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet=2 prometheus=2.42.0+ds-5+deb12u1
dpkg-deb --extract prometheus_*.deb package
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --no-deps prometheus_client==0.26.0
printf '%s\n' '# HELP app_requests Requests.' '# TYPE app_requests counter' 'app_requests_total 5' '# EOF' > openmetrics
printf '%s\n' '# HELP app_requests_total Requests.' '# TYPE app_requests_total counter' 'app_requests_total 5' '# EOF' > older
cat > strict.py <<'PY'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
for name in ("openmetrics", "older"):
    try:
        list(parse(open(name).read()))
        print(f"{name}: the strict parser takes it")
    except ValueError as error:
        print(f"{name}: the strict parser: {error}")
PY
lint() {
    local said status=0
    said=$(package/usr/bin/promtool check metrics < "$1" 2>&1) || status=$?
    printf '%s: promtool ends with %s: %s\n' "$1" "$status" "$said"
}
seen=$(lint openmetrics && lint older && python/bin/python strict.py)
printf '%s\n' "$seen"
diff <(printf '%s\n' "$seen") - <<'EXPECTED'
openmetrics: promtool ends with 3: app_requests_total no help text
older: promtool ends with 0: 
openmetrics: the strict parser takes it
older: the strict parser: Clashing name: app_requests_total
EXPECTED
