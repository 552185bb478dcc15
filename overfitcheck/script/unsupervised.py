"""Words in names which say that a training is not plain supervised training (G3)."""

from __future__ import annotations

import re

UNSUPERVISED = frozenset(
    "gan dcgan wgan cgan acgan cyclegan infogan pix2pix discriminator vae cvae autoencoder "
    "autoencoders ae encoder decoder encoded decoded latent contrastive simclr triplet diffusion "
    "ddpm dqn ddqn critic actor agent policy word2vec skipgram cbow glove style".split()
)

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_in(*names: str) -> frozenset[str]:
    """The words of some names, in lower case: ``build_DCGan`` holds build, dc and gan.

    Of a path only the file's own name counts.
    """
    tails = (name.replace("\\", "/").rpartition("/")[2] for name in names)
    return frozenset(word.lower() for name in tails for word in WORD.findall(name))
