#!/bin/sh
# Test the recorder against Keras 2.15: build an environment with TensorFlow 2.15 beside the
# checkout's own (once), and record with its interpreter. Needs pytest in the current Python and
# Python 3.10 or 3.11 on PATH. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
environment=.venv-keras2
if ! "$environment/bin/python" -c 'import tensorflow' 2>/dev/null; then
    for name in python3.11 python3.10 python3 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 10), (3, 11)))' 2>/dev/null; then
            python=$name
            break
        fi
    done
    if [ -z "${python:-}" ]; then
        echo "tests/keras2.sh: TensorFlow 2.15 needs Python 3.10 or 3.11, and PATH has neither" >&2
        exit 2
    fi
    "$python" -m venv --clear "$environment"
    "$environment/bin/python" -m pip install --quiet 'tensorflow==2.15.*'
fi
export OVERFITCHECK_TEST_PYTHONS="$PWD/$environment/bin/python" OVERFITCHECK_TEST_BACKENDS=tensorflow
cd tests/recorder
exec python -m pytest test_fits.py test_matrix.py test_pipelines.py test_shown.py test_start.py "$@"
